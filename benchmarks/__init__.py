"""What Firetime costs in time and memory. Each program says at its top what it measures."""
