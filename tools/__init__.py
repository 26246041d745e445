"""What `./dev` does. Runs on a bare Python 3.11+: only the standard library may be imported here."""
