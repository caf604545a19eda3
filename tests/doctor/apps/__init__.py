"""The smallest apps that show each fault, and a similar one that is healthy."""
