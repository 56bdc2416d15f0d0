"""Copies of everything: made while people work, encrypted, proved by restoring them, and put back when needed."""
