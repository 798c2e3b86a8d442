"""Limited Use: request approval, agree or approve, grant, read, review."""
