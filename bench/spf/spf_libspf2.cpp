#include "spf_libspf2.hpp"

extern "C" {
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <spf2/spf.h>
#include <spf2/spf_dns_cache.h>
#include <spf2/spf_dns_zone.h>
}

#include <cstdio>
#include <cstdlib>

namespace sealpost::bench {
namespace {

ns_type type_of(const std::string& type)
{
    if (type == "TXT") return ns_t_txt;
    if (type == "MX") return ns_t_mx;
    return ns_t_a;
}

long asked = 0;

// A layer that counts and passes on.
SPF_dns_rr_t* count_lookup(SPF_dns_server_t* server, const char* domain, ns_type type, int should_cache)
{
    ++asked;
    return SPF_dns_lookup(server->layer_below, domain, type, should_cache);
}

}  // namespace

struct Libspf2::State {
    SPF_dns_server_t* zone = nullptr;
    SPF_server_t* server = nullptr;
    std::string ip;
    std::string sender;

    void evaluate() const
    {
        SPF_request_t* request = SPF_request_new(server);
        SPF_response_t* response = nullptr;
        SPF_request_set_ipv4_str(request, ip.c_str());
        SPF_request_set_helo_dom(request, "mx.example.org");
        SPF_request_set_env_from(request, sender.c_str());
        SPF_request_query_mailfrom(request, &response);
        if (SPF_response_result(response) != SPF_RESULT_PASS) {
            std::fprintf(stderr, "libspf2: %s for %s\n", SPF_strresult(SPF_response_result(response)), sender.c_str());
            std::abort();
        }
        SPF_response_free(response);
        SPF_request_free(request);
    }
};

Libspf2::Libspf2(const Scenario& scenario, Layers layers) : state_(std::make_unique<State>())
{
    state_->ip = scenario.ip;
    state_->sender = scenario.sender;
    state_->zone = SPF_dns_zone_new(nullptr, "bench", 0);
    for (const auto& [name, type, data] : scenario.zone) {
        // Its zone layer wants the host of an MX record without the preference.
        const std::string value = type == "MX" ? data.substr(data.find(' ') + 1) : data;
        SPF_dns_zone_add_str(state_->zone, name.c_str(), type_of(type), NETDB_SUCCESS, value.c_str());
    }
    SPF_dns_server_t* top = state_->zone;
    if (layers == Layers::cache_over_zone) top = SPF_dns_cache_new(state_->zone, "cache", 0, 8);
    state_->server = SPF_server_new_dns(top, 0);
    SPF_server_set_rec_dom(state_->server, "mx.receiver.example");
}

Libspf2::~Libspf2() { SPF_server_free(state_->server); }

double Libspf2::run_round() const
{
    long count = 0;
    const CpuTime used;
    while (count % 64 != 0 || used.seconds() < round_seconds) {
        state_->evaluate();
        ++count;
    }
    return static_cast<double>(count) / used.seconds();
}

long Libspf2::questions_for_one(const Scenario& scenario)
{
    const Libspf2 peer(scenario, Layers::zone);
    SPF_dns_server_t counting{};
    counting.lookup = count_lookup;
    counting.name = "counting";
    counting.layer_below = peer.state_->zone;
    peer.state_->server->resolver = &counting;
    asked = 0;
    peer.state_->evaluate();
    peer.state_->server->resolver = peer.state_->zone;
    return asked;
}

}  // namespace sealpost::bench
