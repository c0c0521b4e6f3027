#pragma once

#include <string>

namespace sheetbq::app {

/// `0.1.0`.
std::string version();

/// `sheetbq-job 0.1.0 (g++ 12.2.0, Boost 1.81, OpenSSL 3.0.17)`.
std::string version_line(const std::string& program);

}  // namespace sheetbq::app
