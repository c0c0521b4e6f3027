#include "sheetbq/core/error.hpp"

#include <exception>
#include <iostream>

/// Lets an error of the library pass through a `std::exception` handler: its type must be the same
/// on both sides of a shared library's edge.
int main() {
    try {
        throw sheetbq::Error{sheetbq::Code::not_found, "there is no tab \"Ordres\""}.fix(
            "Set GOOGLE_SHEET_TAB_NAME=Orders.");
    } catch (const std::exception& error) {
        const auto* ours = dynamic_cast<const sheetbq::Error*>(&error);
        if (ours == nullptr) return 1;
        std::cout << sheetbq::describe(*ours);
        return sheetbq::exit_code(ours->code()) == 3 ? 0 : 1;
    }
}
