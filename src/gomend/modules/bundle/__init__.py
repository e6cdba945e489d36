"""Bundles: one verified archive of modules, checksum database, toolchains and wheels for a site without network."""
