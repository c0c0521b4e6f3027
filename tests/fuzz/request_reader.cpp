#include "sheetbq/http/request_reader.hpp"

#include "fuzz/invariant.hpp"

#include <algorithm>

using namespace sheetbq::http;
using sheetbq::fuzz::require;

namespace {

struct Outcome {
    std::size_t used = 0;
    int refusal = 0;
    RequestReader::Need need = RequestReader::Need::head;
    bool keep_alive = false;
    Incoming request{};
};

Outcome read(std::string_view text, std::size_t piece, const ServerLimits& limits) {
    RequestReader reader{limits};
    std::size_t used = 0;
    while (used < text.size() && reader.need() != RequestReader::Need::nothing)
        used += reader.feed(text.substr(used, piece));
    return {used, reader.refusal(), reader.need(), reader.keep_alive(), reader.request()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = sheetbq::fuzz::text_of(data, size);
    const ServerLimits limits{.header_bytes = 500, .body_bytes = 50};
    const auto whole = read(text, std::max<std::size_t>(size, 1), limits);
    const auto pieces = read(text, 1 + size % 7, limits);
    require(whole.refusal == pieces.refusal, "pieces are refused as the whole is");
    require(whole.need == pieces.need, "pieces end where the whole ends");
    if (whole.refusal != 0) {
        require(!whole.keep_alive, "a refused client is not kept");
        require(whole.refusal >= 400 && whole.refusal <= 505, "a refusal is an error");
        return 0;
    }
    require(whole.used == pieces.used, "pieces take as many bytes as the whole");
    const auto& request = whole.request;
    require(request.body == pieces.request.body, "pieces have the body of the whole");
    require(request.body.size() <= limits.body_bytes, "a body is within its limit");
    if (whole.need != RequestReader::Need::nothing) return 0;
    require(request.method == "GET" || request.method == "HEAD" || request.method == "POST",
            "a method is an allowed one");
    require(request.path.starts_with('/'), "a path begins with a slash");
    require(!request.headers.find("content-length") || !request.headers.find("transfer-encoding"),
            "a body has one end");
    return 0;
}
