#include "wire/authres/results.hpp"
#include "wire/authres/words.hpp"

namespace sealpost::authres {
namespace {

// RFC 8601 §2.2: methodspec [reasonspec] *propspec, each an item that is not folded inside.
std::vector<std::string> format_items(const MethodResult& method)
{
    std::vector<std::string> items = {format_keyword(method.method) + '=' + format_keyword(method.result)};
    if (!method.reason.empty()) items.push_back("reason=" + format_word(method.reason));
    for (const auto& property : method.properties)
        items.push_back(format_keyword(property.type) + '.' + format_keyword(property.name) + '=' +
                        format_pvalue(property.value));
    return items;
}

}  // namespace

const std::string* MethodResult::find(std::string_view type, std::string_view name) const
{
    for (const auto& property : properties)
        if (property.type == type && property.name == name) return &property.value;
    return nullptr;
}

std::string format_field(const Results& results)
{
    std::string out = "Authentication-Results: " + format_word(results.authserv_id);
    if (results.methods.empty()) return out + "; none\r\n";
    for (const auto& method : results.methods) {
        auto items = format_items(method);
        std::string line = '\t' + items.front();
        items.erase(items.begin());
        out += ";\r\n" + fold_items(std::move(line), items);
    }
    return out + "\r\n";
}

std::string format_value(const Results& results)
{
    std::string out = format_word(results.authserv_id);
    if (results.methods.empty()) return out + "; none";
    for (const auto& method : results.methods) {
        out += ';';
        for (const auto& item : format_items(method)) out += ' ' + item;
    }
    return out;
}

}  // namespace sealpost::authres
