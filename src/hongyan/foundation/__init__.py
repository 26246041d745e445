"""What every feature stands on: database, clock, ids, problems, HTTP, realtime, events, jobs, limits.

Knows no feature. Each module is its own front door.
"""
