"""Email to be sent, sent or failed. It never carries a clinical word."""
