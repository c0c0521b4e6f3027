#include "sheetbq/control/pg_store.hpp"

#include <iostream>

/// Prints the SQL of our schema, from the library that needs PostgreSQL.
int main() {
    const auto sql = sheetbq::control::migration_sql();
    std::cout << sql;
    return sql.find("CREATE TABLE sheetbq.run") == std::string::npos ? 1 : 0;
}
