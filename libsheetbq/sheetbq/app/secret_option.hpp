#pragma once

#include "sheetbq/app/flags.hpp"
#include "sheetbq/core/secret.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace sheetbq::app {

/// Reads a secret by its name in Secret Manager, `projects/P/secrets/S/versions/V`.
using ReadSecret = std::function<Secret(const std::string& name)>;

/// A secret of the flag table: from `--NAME-file` (`-`: standard input), else `--NAME` or its
/// variables. A value that names a version of a secret is read from Secret Manager. Line breaks at
/// the end do not count.
/// @returns an empty secret when nothing is given.
/// @throws Error usage when the file cannot be read; what Secret Manager refuses.
Secret secret_option(const FlagValues& flags, std::string_view name, const ReadSecret& read_secret);

}  // namespace sheetbq::app
