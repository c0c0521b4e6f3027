#pragma once

#include "sheetbq/core/error.hpp"
#include "support/catch.hpp"

namespace sheetbq::testing {

/// The Error that `action` throws; a failed test when it throws none.
template <class Action>
Error error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    FAIL("it went well");
    return {Code::internal, ""};
}

}  // namespace sheetbq::testing
