"""The configuration schema and its reading."""
