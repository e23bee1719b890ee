#pragma once

#include <string>

namespace sealpost::authres {

// RFC 7208 §9.1. What is empty is left away.
struct ReceivedSpf {
    std::string result;   // pass | fail | softfail | neutral | none | temperror | permerror
    std::string comment;  // for people
    std::string client_ip;
    std::string envelope_from;
    std::string helo;
    std::string problem;    // with temperror and permerror
    std::string receiver;   // our host
    std::string identity;   // mailfrom | helo
    std::string mechanism;  // that decided
};

// The whole field, folded, ending in CRLF.
[[nodiscard]] std::string format_received_spf(const ReceivedSpf& received);

}  // namespace sealpost::authres
