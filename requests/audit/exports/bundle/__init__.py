"""The export bundle (docs/formats/bundle.md): what writes it, and the verifier that travels inside."""
