namespace Homelab.Benchmarks.Server;

/// <summary>The five steps that are measured: webhook, switch, set variable, HTTP call to a stub, response.</summary>
internal static class BenchmarkWorkflow
{
    public const string DefinitionId = "bench";

    public const string Path = "/workflows/bench";

    public static Dictionary<string, string> Files(Uri stub) => new() { ["bench.json"] = Json(stub) };

    private static string Json(Uri stub) => $$$"""
        {
          "id": "bench-1", "definitionId": "{{{DefinitionId}}}", "name": "Benchmark", "version": 1, "isLatest": true, "isPublished": true,
          "variables": [
            { "id": "id-N", "name": "N", "typeName": "Int32", "value": "1" },
            { "id": "id-Body", "name": "Body", "typeName": "Object" },
            { "id": "id-Answer", "name": "Answer", "typeName": "Object" }
          ],
          "root": {
            "id": "flow", "type": "Elsa.Flowchart", "version": 1,
            "activities": [
              { "id": "hook", "type": "Elsa.HttpEndpoint", "version": 1, "customProperties": { "canStartWorkflow": true },
                "path": { "typeName": "String", "expression": { "type": "Literal", "value": "bench" } },
                "supportedMethods": { "typeName": "String[]", "expression": { "type": "Object", "value": "[\"POST\"]" } },
                "parsedContent": { "typeName": "Object", "memoryReference": { "id": "id-Body" } } },
              { "id": "switch", "type": "Elsa.FlowSwitch", "version": 1, "cases": [
                { "label": "High", "condition": { "type": "NCalc", "value": "N > 10" } },
                { "label": "Low", "condition": { "type": "NCalc", "value": "N <= 10" } } ] },
              { "id": "set", "type": "Elsa.SetVariable", "version": 1, "variable": { "id": "id-N" },
                "value": { "typeName": "Object", "expression": { "type": "NCalc", "value": "N + 1" } } },
              { "id": "call", "type": "Elsa.FlowSendHttpRequest", "version": 1,
                "url": { "typeName": "Uri", "expression": { "type": "Literal", "value": "{{{stub}}}" } },
                "method": { "typeName": "String", "expression": { "type": "Literal", "value": "GET" } },
                "parsedContent": { "typeName": "Object", "memoryReference": { "id": "id-Answer" } } },
              { "id": "answer", "type": "Elsa.WriteHttpResponse", "version": 1,
                "content": { "typeName": "Object", "expression": { "type": "Variable", "value": { "id": "id-Answer" } } } }
            ],
            "connections": [
              { "source": { "activity": "hook", "port": "Done" }, "target": { "activity": "switch", "port": "In" } },
              { "source": { "activity": "switch", "port": "Low" }, "target": { "activity": "set", "port": "In" } },
              { "source": { "activity": "set", "port": "Done" }, "target": { "activity": "call", "port": "In" } },
              { "source": { "activity": "call", "port": "Done" }, "target": { "activity": "answer", "port": "In" } }
            ]
          }
        }
        """;
}
