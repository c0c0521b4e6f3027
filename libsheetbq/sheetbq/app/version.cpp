#include "sheetbq/app/version.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace sheetbq::app {

std::string version() { return SHEETBQ_VERSION; }

std::string version_line(const std::string& program) {
    return fmt::format("{} {} (g++ {}, Boost {}.{}, {})", program, SHEETBQ_VERSION, __VERSION__,
                       BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000,
                       OpenSSL_version(OPENSSL_VERSION));
}

}  // namespace sheetbq::app
