"""Common ground of the tests."""
