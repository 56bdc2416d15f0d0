"""Reviews and what they end in: continue, step up, step down, discharge; the appointment that follows."""
