#include "options.hpp"

#include <arpa/inet.h>

#include <functional>
#include <map>
#include <stdexcept>

namespace mail_load {

const char* const usage = R"(usage: mail_load load|idle|sink ADDRESS:PORT [OPTION...]

load: opens sessions and sends; counts a message only when it is answered with 250 behind the final dot
  --sessions N          at the same time (1)
  --messages N          in each session (1); 0: greeting, EHLO, STARTTLS and QUIT alone
  --size BYTES          of a message (10240)
  --recipients N        of a message (1)
  --tls none|starttls|direct
  --resume              TLS sessions go on from a ticket
  --pipelining          MAIL, RCPT and DATA in one piece where the server offers it (RFC 2920); otherwise one by one
  --seconds S, --count N   when it ends; of both, the first
  --warm-up S           so many seconds are not counted (0)
  --threads 1|2         (1)
  --first-serial N      the number of the first message, which stands in its X-Bench field (0)
  --sender ADDRESS, --domain NAME of the recipients, --domains N of them: d1.NAME, d2.NAME, …
idle: opens --sessions, says EHLO (and STARTTLS), prints "open N" when all are open, or after
      --seconds (60), and stays until its standard input ends
sink: takes every message as fast as it can, prints {"at","messages"} ten times a second while they come, and all it
      knows at SIGTERM
  --chain PEM --key PEM offers STARTTLS
  --tarpit              never greets
)";

namespace {

sockaddr_in parse_address(const std::string& text)
{
    sockaddr_in address{};
    const auto colon = text.rfind(':');
    address.sin_family = AF_INET;
    if (colon == std::string::npos || ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1)
        throw std::invalid_argument("not ADDRESS:PORT: " + text);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
    return address;
}

Mode parse_mode(const std::string& word)
{
    if (word == "load") return Mode::load;
    if (word == "idle") return Mode::idle;
    if (word == "sink") return Mode::sink;
    throw std::invalid_argument("neither load, idle nor sink: " + word);
}

Protection parse_protection(const std::string& word)
{
    if (word == "none") return Protection::none;
    if (word == "starttls") return Protection::starttls;
    if (word == "direct") return Protection::direct;
    throw std::invalid_argument("neither none, starttls nor direct: " + word);
}

using Setter = std::function<void(Options&, const std::string&)>;

const std::map<std::string, Setter> valued = {
    {"--sessions", [](Options& o, const std::string& v) { o.sessions = std::stoi(v); }},
    {"--messages", [](Options& o, const std::string& v) { o.messages_per_session = std::stoi(v); }},
    {"--size", [](Options& o, const std::string& v) { o.message_bytes = std::stoul(v); }},
    {"--recipients", [](Options& o, const std::string& v) { o.recipients = std::stoi(v); }},
    {"--tls", [](Options& o, const std::string& v) { o.protection = parse_protection(v); }},
    {"--seconds", [](Options& o, const std::string& v) { o.seconds = std::stod(v); }},
    {"--warm-up", [](Options& o, const std::string& v) { o.warm_up_seconds = std::stod(v); }},
    {"--count", [](Options& o, const std::string& v) { o.count = std::stol(v); }},
    {"--threads", [](Options& o, const std::string& v) { o.threads = std::stoi(v); }},
    {"--first-serial", [](Options& o, const std::string& v) { o.first_serial = static_cast<std::uint32_t>(std::stoul(v)); }},
    {"--sender", [](Options& o, const std::string& v) { o.sender = v; }},
    {"--domain", [](Options& o, const std::string& v) { o.recipient_domain = v; }},
    {"--domains", [](Options& o, const std::string& v) { o.domains = std::stoi(v); }},
    {"--chain", [](Options& o, const std::string& v) { o.chain_file = v; }},
    {"--key", [](Options& o, const std::string& v) { o.key_file = v; }},
};

const std::map<std::string, Setter> flags = {
    {"--resume", [](Options& o, const std::string&) { o.may_resume = true; }},
    {"--pipelining", [](Options& o, const std::string&) { o.pipelines = true; }},
    {"--tarpit", [](Options& o, const std::string&) { o.is_tarpit = true; }},
};

void check(const Options& options)
{
    if (options.threads < 1 || options.threads > 2) throw std::invalid_argument("--threads is 1 or 2");
    if (options.sessions < options.threads) throw std::invalid_argument("fewer sessions than threads");
    if (options.messages_per_session < 0 || options.recipients < 1 || options.domains < 1)
        throw std::invalid_argument("a number is too small");
    if (options.mode == Mode::load && options.seconds <= 0 && options.count <= 0)
        throw std::invalid_argument("a load wants --seconds, --count or both");
    if (options.chain_file.empty() != options.key_file.empty()) throw std::invalid_argument("--chain and --key belong together");
}

}  // namespace

Options parse_options(int count, char** words)
{
    if (count < 3) throw std::invalid_argument("too few words");
    Options options;
    options.mode = parse_mode(words[1]);
    options.address = parse_address(words[2]);
    for (int i = 3; i < count; ++i) {
        const std::string name = words[i];
        if (const auto flag = flags.find(name); flag != flags.end()) {
            flag->second(options, {});
            continue;
        }
        const auto found = valued.find(name);
        if (found == valued.end() || i + 1 == count) throw std::invalid_argument("not understood: " + name);
        found->second(options, words[++i]);
    }
    if (options.mode == Mode::sink && options.sessions < options.threads) options.sessions = options.threads;
    check(options);
    return options;
}

}  // namespace mail_load
