"""Posts, attempts and the ledger in the database. Rows stay inside this package."""
