#pragma once

#include "sheetbq/control/pg_store.hpp"

#include <string>
#include <string_view>

namespace sheetbq::control {

/// What libpq is told: the settings, our timeouts, our name. Contains the password.
/// @throws Error bad_config when the URL is none that libpq reads.
std::string pg_connection_string(const PgSettings& settings);

/// Where we connect to, for people; without the password.
std::string pg_place(const PgSettings& settings);

/// `text` without the password and without the URL, wherever they stand in it.
std::string without_secrets(std::string text, const PgSettings& settings);

}  // namespace sheetbq::control
