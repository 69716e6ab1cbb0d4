# fault: looks, works, writes: each of them by itself
# breaks: R5, R6
# should say: 2 holds | integrityerror | together


def once(kept, place_hold, *, caller, key, body):
    if not key:
        return place_hold(body)
    row = kept.objects.filter(caller=caller, key=key).first()
    if row is not None:
        if row.asked != body:
            return 422, {"type": "key-reused"}
        return row.status, row.answer
    status, answer = place_hold(body)
    kept.objects.create(caller=caller, key=key, asked=body, status=status, answer=answer)
    return status, answer
