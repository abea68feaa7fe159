"""The dashboard, the JSON API and the health checks."""
