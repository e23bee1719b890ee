#include "cli/cert_renewal.hpp"

#include "core/config/node_config.hpp"
#include "serve/acme/renewal_state.hpp"

namespace sealpost::cli {

namespace json = boost::json;

Result<RenewalNotes> RenewalNotes::open(const Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    RenewalNotes notes;
    notes.data_dir_ = config.node.data_dir;
    return notes;
}

std::string RenewalNotes::add_to(json::object& object, const certificates::Entry& entry) const
{
    if (entry.acme.empty()) return {};
    const auto state = acme::load_renewal_state(data_dir_, entry.acme, entry.name);
    if (!state.last_try) return "renewed by " + entry.acme + ", not asked for yet";
    object["renewal"] = acme::to_json(state);
    std::string line = "renewed by " + entry.acme;
    if (state.next) line += ", next " + format_rfc3339(*state.next).substr(0, 16) + "Z";
    if (!state.last_problem.empty()) line += "; the last try: " + state.last_problem;
    return line;
}

}  // namespace sealpost::cli
