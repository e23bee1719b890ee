#include "wire/authres/received_spf.hpp"

#include "wire/authres/words.hpp"

#include <utility>

namespace sealpost::authres {

std::string format_received_spf(const ReceivedSpf& received)
{
    std::vector<std::string> items;
    if (!received.comment.empty()) items.push_back(format_comment(received.comment));
    for (const auto& [key, value] : {std::pair<const char*, const std::string&>("client-ip", received.client_ip),
                                     {"envelope-from", received.envelope_from},
                                     {"helo", received.helo},
                                     {"problem", received.problem},
                                     {"receiver", received.receiver},
                                     {"identity", received.identity},
                                     {"mechanism", received.mechanism}})
        if (!value.empty()) items.push_back(std::string(key) + '=' + format_dot_atom(value) + ';');
    if (!items.empty() && items.back().back() == ';') items.back().pop_back();
    return fold_items("Received-SPF: " + format_keyword(received.result), items) + "\r\n";
}

}  // namespace sealpost::authres
