"""Two other MLS stacks, played against the one in the browser."""
