using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Model;

/// <summary>What a model is spoken to by.</summary>
internal enum ModelProvider
{
    Ollama,

    /// <summary>OpenAI's chat completions, and everything that speaks them (llama.cpp, vLLM, LM Studio).</summary>
    OpenAi,

    Anthropic,
}

/// <summary>One model. Several are an order of preference by <see cref="Next"/>: when one fails, the next is asked.</summary>
internal sealed class ModelOptions : HttpConnectionOptions
{
    public ModelProvider Provider { get; set; } = ModelProvider.Ollama;

    /// <summary>The vendor's name of it: "llama3.2", "gpt-4.1-mini", "claude-sonnet-4-5".</summary>
    [Required, StringLength(200, MinimumLength = 1)]
    public string Model { get; set; } = "";

    [Secret]
    public string? ApiKey { get; set; }

    /// <summary>Connection to ask when this one fails or its budget is used up.</summary>
    public string? Next { get; set; }

    /// <summary>Longest answer.</summary>
    [Range(1, 100_000)]
    public int MaxTokens { get; set; } = 1024;

    /// <summary>Tokens of question and answer together that it may use in 24 hours; empty: no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? TokensPerDay { get; set; }

    /// <summary>In the currency of the prices below; empty: no limit.</summary>
    [Range(0.0, double.MaxValue)]
    public double? CostPerDay { get; set; }

    /// <summary>Price of a million tokens asked.</summary>
    [Range(0.0, double.MaxValue)]
    public double InputPrice { get; set; }

    /// <summary>Price of a million tokens answered.</summary>
    [Range(0.0, double.MaxValue)]
    public double OutputPrice { get; set; }

    /// <summary>The same question gets the same answer for so long; zero: never.</summary>
    [Range(0, 10_080)]
    public int CacheMinutes { get; set; } = 60;
}
