using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Dispatch;

/// <summary>What travels through the inbox and the steps, as JSON. The names in here are in stored rows: they stay.</summary>
internal static class InboxJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 256,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameEvents } },
        Converters = { new RunIdConverter() },
    };

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static T Read<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException($"A stored {typeof(T).Name} is 'null'.");

    private static void NameEvents(JsonTypeInfo info)
    {
        if (info.Type != typeof(RunEvent))
            return;
        info.PolymorphismOptions = new()
        {
            TypeDiscriminatorPropertyName = "kind",
            DerivedTypes =
            {
                new(typeof(RunEvent.Start), "start"),
                new(typeof(RunEvent.Resume), "resume"),
                new(typeof(RunEvent.Cancel), "cancel"),
                new(typeof(RunEvent.Retry), "retry"),
                new(typeof(RunEvent.CancelActivity), "cancelActivity"),
                new(typeof(RunEvent.ScheduleActivity), "scheduleActivity"),
                new(typeof(RunEvent.ModifyVariable), "modifyVariable"),
            },
        };
    }

    private sealed class RunIdConverter : JsonConverter<RunId>
    {
        public override RunId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, RunId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}

/// <param name="Version">Null: resolved when the run starts (a child of another run).</param>
internal sealed record StartPayload(string DefinitionId, string? VersionOptions, DefinitionVersion? Version, RunEvent.Start Start);

internal sealed record WakePayload(string StepId, int Attempt);
