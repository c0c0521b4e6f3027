#pragma once

#include "sheetbq/http/transport.hpp"

#include <string>

namespace sheetbq::http {

/// A status with one plain sentence; the same whatever was asked.
Response short_answer(int status);

/// How an answer is sent.
struct AnswerForm {
    bool head_only = false;   ///< of a HEAD: says how long the body would be, without it
    bool keep_alive = false;  ///< else the connection ends with this answer
};

/// The bytes of an answer, with the headers that keep browsers from guessing, framing, caching and
/// telling others: a strict Content-Security-Policy and `Cache-Control: no-store` unless the answer
/// has its own. Its Content-Length, Connection and Transfer-Encoding are replaced by true ones. An
/// answer that would break the protocol (a line break in a field, a status out of range) becomes a
/// 500.
std::string answer_text(const Response& answer, AnswerForm form);

}  // namespace sheetbq::http
