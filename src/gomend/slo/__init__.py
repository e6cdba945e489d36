"""Objectives and the judgement of a release against them: chapter 5.3."""
