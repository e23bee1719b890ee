#pragma once
#include <netinet/in.h>

#include <cstdint>
#include <string>

namespace mail_load {

enum class Mode { load, idle, sink };
enum class Protection { none, starttls, direct };

struct Options {
    Mode mode = Mode::load;
    sockaddr_in address{};
    int threads = 1;

    // load and idle
    int sessions = 1;
    int messages_per_session = 1;  // 0: sessions alone, which measures handshakes
    std::size_t message_bytes = 10'240;
    int recipients = 1;
    Protection protection = Protection::none;
    bool may_resume = false;
    bool pipelines = false;
    double seconds = 0;  // this or count ends a load
    double warm_up_seconds = 0;
    long count = 0;
    std::uint32_t first_serial = 0;
    std::string sender = "sender@bench.test";
    std::string recipient_domain = "bench.test";
    int domains = 1;  // above 1: d1.DOMAIN, d2.DOMAIN, … take turns

    // sink
    std::string chain_file;
    std::string key_file;
    bool is_tarpit = false;  // takes connections and never says a word
};

// Throws std::invalid_argument with what is wrong.
Options parse_options(int count, char** words);

extern const char* const usage;

}  // namespace mail_load
