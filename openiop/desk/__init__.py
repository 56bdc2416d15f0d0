"""Staff home: today, caseload, the chart that brings rooms together, the director's page."""
