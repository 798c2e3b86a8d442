"""The register of processors and the record of processing."""
