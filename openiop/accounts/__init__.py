"""Users, sign-in, and the screen that locks itself and keeps what was typed."""
