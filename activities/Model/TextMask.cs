namespace Homelab.Activities.Model;

/// <summary>Takes secrets and personal data out of a text, as before a model sees it: for parts that keep or send what others wrote.</summary>
public sealed class TextMask
{
    private readonly Redaction _redaction;

    internal TextMask(Redaction redaction) => _redaction = redaction;

    public string Apply(string text) => _redaction.Apply(text);
}
