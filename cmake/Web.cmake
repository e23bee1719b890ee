# The web pages: npm ci and vite build when something below web/ or a document of the API changed, and their files as an
# object of the room serve/pages. SEALPOST_WEB=OFF needs no Node and embeds nothing.
if(NOT TARGET sealpost_serve_pages)
    return()
endif()

set(web_source ${PROJECT_SOURCE_DIR}/web)
set(web_build ${PROJECT_BINARY_DIR}/web)

if(NOT SEALPOST_WEB)
    target_sources(sealpost_serve_pages PRIVATE ${web_source}/tools/no_assets.cpp)
    return()
endif()

find_program(NODE node REQUIRED)
find_program(NPM npm REQUIRED)
file(MAKE_DIRECTORY ${web_build})

file(GLOB_RECURSE web_inputs CONFIGURE_DEPENDS
     ${web_source}/shared/* ${web_source}/reader/* ${web_source}/portal/* ${web_source}/inbox/* ${web_source}/tls/*)
file(GLOB web_documents CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/doc/spec/*.openapi.json)
set(web_settings ${web_source}/package.json ${web_source}/tsconfig.json ${web_source}/vite.config.ts)

add_custom_command(
    OUTPUT ${web_build}/packages.stamp
    COMMAND ${web_source}/tools/install
    COMMAND ${CMAKE_COMMAND} -E touch ${web_build}/packages.stamp
    DEPENDS ${web_source}/package-lock.json ${web_source}/tools/install
    COMMENT "Installing the web pages' npm packages"
    VERBATIM)

add_custom_command(
    OUTPUT ${web_build}/assets.bin ${web_build}/asset_blob.S ${web_build}/asset_table.cpp
    COMMAND ${CMAKE_COMMAND} -E env SEALPOST_WEB_OUT=${web_build}/dist ${NPM} run --silent --prefix ${web_source} build -- --logLevel warn
    COMMAND ${NODE} ${web_source}/tools/embed.mjs ${web_build}/dist ${web_build}
    DEPENDS ${web_build}/packages.stamp ${web_inputs} ${web_documents} ${web_settings}
            ${web_source}/tools/generate.mjs ${web_source}/tools/embed.mjs
    WORKING_DIRECTORY ${web_source}
    COMMENT "Building the web pages"
    VERBATIM)

set_source_files_properties(${web_build}/asset_blob.S PROPERTIES
                            OBJECT_DEPENDS ${web_build}/assets.bin COMPILE_OPTIONS "-w")
target_sources(sealpost_serve_pages PRIVATE ${web_build}/asset_blob.S ${web_build}/asset_table.cpp)
