"""Why risk did not escalate, what would help, who acts."""
