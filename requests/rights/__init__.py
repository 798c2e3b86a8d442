"""Rights requests: what people may ask about their data, and by when it is answered."""
