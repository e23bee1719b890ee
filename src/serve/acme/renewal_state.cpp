#include "serve/acme/renewal_state.hpp"

#include "serve/acme/account_files.hpp"
#include "sys/jsonread/jsonread.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::acme {
namespace json = boost::json;
namespace {

constexpr std::size_t max_state_bytes = 64 * 1024;

files::Path state_folder(const files::Path& data_dir, const std::string& authority)
{
    return authority_folder(data_dir, authority) / "certificates";
}

json::value format_time(const std::optional<WallTime>& time)
{
    return time ? json::value(format_rfc3339(*time)) : json::value(nullptr);
}

json::value format_text(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

std::optional<WallTime> read_time(const json::object& object, const char* key)
{
    if (object.at(key).is_null()) return std::nullopt;
    return parse_rfc3339(json::value_to<std::string>(object.at(key))).value();
}

std::string read_text(const json::object& object, const char* key)
{
    return object.at(key).is_null() ? std::string() : json::value_to<std::string>(object.at(key));
}

// Throws for a member that is missing or of another type.
RenewalState read_state(const json::object& object)
{
    RenewalState state;
    for (const auto& name : object.at("names").as_array()) state.names.push_back(json::value_to<std::string>(name));
    state.failures = object.at("failures").to_number<unsigned>();
    state.unreachable = object.at("unreachable").to_number<unsigned>();
    state.last_try = read_time(object, "last_try");
    state.next = read_time(object, "next");
    state.last_problem = read_text(object, "last_problem");
    state.issued = read_time(object, "issued");
    state.issued_sha256 = read_text(object, "issued_sha256");
    return state;
}

}  // namespace

json::object to_json(const RenewalState& state)
{
    return json::object{{"next", format_time(state.next)}, {"last_problem", format_text(state.last_problem)}};
}

RenewalState load_renewal_state(const files::Path& data_dir, const std::string& authority, const std::string& certificate)
{
    const auto text = files::read_file(state_folder(data_dir, authority) / (certificate + ".json"), max_state_bytes);
    if (text.has_error()) return {};
    auto state = jsonread::read_stored(*text, "the state of renewals",
                                       [](const json::value& value) { return read_state(value.as_object()); });
    return state.has_value() ? std::move(*state) : RenewalState();
}

Result<> save_renewal_state(const files::Path& data_dir, const std::string& authority, const std::string& certificate,
                            const RenewalState& state)
{
    const auto folder = state_folder(data_dir, authority);
    SEALPOST_CHECK(files::make_directory(folder));
    const json::object object{{"names", json::array(state.names.begin(), state.names.end())},
                              {"failures", state.failures},
                              {"unreachable", state.unreachable},
                              {"last_try", format_time(state.last_try)},
                              {"next", format_time(state.next)},
                              {"last_problem", format_text(state.last_problem)},
                              {"issued", format_time(state.issued)},
                              {"issued_sha256", format_text(state.issued_sha256)}};
    return files::write_file(folder / (certificate + ".json"), json::serialize(object) + "\n", files::Access::owner_only);
}

}  // namespace sealpost::acme
