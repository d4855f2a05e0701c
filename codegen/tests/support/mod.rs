//! What several tests use.
#![allow(dead_code)]

use launchdarkly_api_codegen::Document;
use serde_json::{Value, json};

/// A small document that has some of everything.
pub fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Lamps", "version": "1"},
        "servers": [{"url": "https://app.launchdarkly.com"}, {"url": "https://app.launchdarkly.us"}],
        "security": [{"ApiKey": []}],
        "tags": [{"name": "Lamps"}],
        "paths": {
            "/lamps": {
                "get": {
                    "operationId": "getLamps", "tags": ["Lamps"],
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"type": "integer", "format": "int64"}},
                        {"name": "offset", "in": "query", "schema": {"type": "integer", "format": "int64"}},
                        {"name": "fooBar", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                        {"name": "X-Room", "in": "header", "schema": {"type": "string", "enum": ["hall", "attic"]}}
                    ],
                    "responses": {
                        "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamps"}}}},
                        "400": {"$ref": "#/components/responses/Bad"}
                    }
                },
                "post": {
                    "operationId": "post-lamp", "tags": ["subpackage_lamps"],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LampPost"}}}},
                    "responses": {"201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}}}}
                }
            },
            "/lamps/{lampKey}": {
                "parameters": [{"name": "lampKey", "in": "path", "required": true, "schema": {"type": "string"}}],
                "patch": {
                    "operationId": "patchLamp", "tags": ["Lamps"],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "array", "items": {
                        "type": "object", "required": ["op", "path"],
                        "properties": {"op": {"type": "string"}, "path": {"type": "string"}, "value": {}}
                    }}}}},
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}}}}
                },
                "put": {
                    "operationId": "uploadLamp", "tags": ["Lamps"],
                    "requestBody": {"content": {"multipart/form-data": {"schema": {
                        "type": "object", "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}, "note": {"type": "string"}}
                    }}}},
                    "responses": {"204": {"description": ""}}
                }
            }
        },
        "components": {
            "responses": {"Bad": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}},
            "schemas": {
                "Error": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
                "Lamps": {"type": "object", "required": ["items"], "properties": {
                    "items": {"type": "array", "items": {"$ref": "#/components/schemas/Lamp"}},
                    "_links": {"type": "object", "properties": {"next": {"type": "object", "properties": {"href": {"type": "string"}}}}},
                    "totalCount": {"type": "integer", "format": "int64"}
                }},
                "Lamp": {"type": "object", "required": ["_id", "kind"], "properties": {
                    "_id": {"type": "string"}, "kind": {"type": "string", "enum": ["desk", "floor"]},
                    "inner": {"$ref": "#/components/schemas/Lamp"},
                    "either": {"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/Error"}]},
                    "all": {"allOf": [{"$ref": "#/components/schemas/Error"}], "nullable": true},
                    "more": {"type": "object", "additionalProperties": {"type": "number"}},
                    "date": {"type": "string", "format": "date-time"}, "any": {}
                }},
                "LampPost": {"type": "object", "properties": {
                    "fooBar": {"type": "string"}, "size": {"type": "integer", "minimum": 1, "default": 2}
                }}
            },
            "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "Authorization"}}
        }
    })
}

pub fn read(root: &Value) -> Option<Document> {
    // As YAML, which may be nested deeper than JSON.
    Document::parse("mutated.yaml", &root.to_string()).ok()
}
