"""Helpers without a room: text from outside, numbers as JSON, and files written whole."""
