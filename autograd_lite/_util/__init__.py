"""Helpers without a room of their own: text from outside, and files written whole."""
