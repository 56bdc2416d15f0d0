"""Treatment plans: problem, goal, objective, intervention, deferral, signatures and versions."""
