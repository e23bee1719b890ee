#pragma once

#include <ctime>
#include <string>
#include <vector>

namespace sealpost::bench {

// What a thread has used of the processor: unlike the time of day, it does not count what others do.
class CpuTime {
public:
    [[nodiscard]] double seconds() const { return now() - begin_; }

private:
    static double now()
    {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    }
    double begin_ = now();
};

inline constexpr double round_seconds = 0.2;

struct ZoneLine {
    std::string name;
    std::string type;
    std::string data;
};

// One client that passes, and all answers that it takes.
struct Scenario {
    std::string name;
    std::string ip;
    std::string sender;
    std::vector<ZoneLine> zone;
};

inline std::vector<Scenario> make_spf_scenarios()
{
    Scenario plain{"plain", "192.0.2.1", "user@plain.example.com", {}};
    plain.zone = {
        {"plain.example.com", "TXT", "v=spf1 ip4:203.0.113.0/24 ip4:198.51.100.0/24 ip6:2001:db8::/32 ip4:192.0.2.0/24 -all"}};
    Scenario chain{"include chain of five", "192.0.2.1", "user@chain.example.com", {}};
    chain.zone = {{"chain.example.com", "TXT", "v=spf1 ip4:203.0.113.1 include:i1.example.com -all"},
                  {"i1.example.com", "TXT", "v=spf1 ip4:203.0.113.2 include:i2.example.com -all"},
                  {"i2.example.com", "TXT", "v=spf1 ip4:203.0.113.3 include:i3.example.com -all"},
                  {"i3.example.com", "TXT", "v=spf1 ip4:203.0.113.4 include:i4.example.com -all"},
                  {"i4.example.com", "TXT", "v=spf1 ip4:203.0.113.5 include:i5.example.com -all"},
                  {"i5.example.com", "TXT", "v=spf1 ip4:203.0.113.6 ip4:192.0.2.0/24 -all"}};
    Scenario exists{"exists:%{i}", "192.0.2.1", "user@res.example.com", {}};
    exists.zone = {{"res.example.com", "TXT", "v=spf1 mx:res.example.com exists:%{i}.spf.res.example.com -all"},
                   {"res.example.com", "MX", "10 esa1.res.example.com"},
                   {"esa1.res.example.com", "A", "198.51.100.140"},
                   {"192.0.2.1.spf.res.example.com", "A", "127.0.0.2"}};
    return {plain, chain, exists};
}

}  // namespace sealpost::bench
