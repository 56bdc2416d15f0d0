"""Safety and admin alerts: raised, owned, acknowledged, escalated, closed. None can vanish."""
