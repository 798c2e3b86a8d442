    ${found}
