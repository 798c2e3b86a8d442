"""Limited Use: ask, agree or approve, grant, read, review."""
