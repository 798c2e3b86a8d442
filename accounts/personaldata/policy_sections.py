"""The sections of OmegaCloud's privacy policy of 3 March 2026, by their titles. Plain Python."""

SECTIONS = frozenset(
    {
        "Information We Collect",
        "Account Information",
        "Payment Information",
        "Usage Data",
        "Technical & Analytics Data",
        "How We Use Your Information",
        "Third-Party Service Providers",
        "Infrastructure Providers",
        "Payment Processing",
        "Other Services",
        "User Code and Data",
        "Google API and OAuth Data Access",
        "Authentication and Authorization",
        "Google API Scopes We May Request",
        "How We Use Google User Data",
        "Storage and Retention of Google User Data",
        "Sharing and Disclosure of Google User Data",
        "Limited Use Compliance",
        "Data Security",
        "Data Retention",
        "Your Rights",
        "Changes to This Policy",
        "Contact Us",
    }
)
