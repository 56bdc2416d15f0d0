"""Processes killed at random; `make kills`."""
